#!/bin/sh
# Runs once, when the volume is empty. What the agent logs in as owns only its own schema.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\set agent `cat /run/secrets/db_agent_password`
REVOKE ALL ON DATABASE agent FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE ROLE agent LOGIN PASSWORD :'agent' CONNECTION LIMIT 10;
ALTER ROLE agent SET statement_timeout = '30s';
GRANT CONNECT ON DATABASE agent TO agent;
CREATE SCHEMA agent AUTHORIZATION agent;
SQL
