#!/bin/sh
# Makes what compose.yaml mounts: one folder for each service, readable for root and the group of that service only. Puts hashes into config/users.acl.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir secrets
cd secrets
mkdir agent db redis

password() { openssl rand -hex 24 | tr -d '\n'; }
hash() { sha256sum < "$1" | cut -d' ' -f1; }
ask() {
  printf '%s: ' "$1" >&2
  [ ! -t 0 ] || stty -echo
  read -r answer
  [ ! -t 0 ] || stty echo
  printf '\n' >&2
  printf '%s' "$answer"
}
certificate() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1/tls.key" -subj "/CN=$1" -addext "subjectAltName=DNS:$1" |
    openssl x509 -req -CA ca.crt -CAkey ca.key -days 365 -copy_extensions copy -out "$1/tls.crt"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt -days 365 -subj '/CN=agent CA'
certificate db
certificate redis
# No other certificate will ever be signed with it.
rm ca.key
cp ca.crt agent/
mv ca.crt redis/

password > db/superuser_password
password > db/agent_password
cp db/agent_password agent/database_password
password > agent/redis_password
password > redis/probe_password
# Redis compares hashes: only those leave this folder.
sed -i -e "/^user agent /s/#[0-9a-f]*/#$(hash agent/redis_password)/" -e "/^user probe /s/#[0-9a-f]*/#$(hash redis/probe_password)/" ../config/users.acl

ask 'Anthropic API key' > agent/anthropic_api_key
ask 'GitHub token (for these repositories only)' > agent/github_token

chgrp -R 10001 agent
chgrp -R 999 db redis
find . -type f -exec chmod 640 {} +
