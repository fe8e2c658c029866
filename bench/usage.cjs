'use strict';
// Loaded with --require into each measured process: writes what the process used when it ends. CommonJS, because an
// --import hook would start the module loader in processes that do without it, and cost 4 ms of the 25 that are measured.
const { isMainThread } = require('node:worker_threads');

const file = process.env.SEAWORTHY_BENCH_USAGE;
if (file !== undefined && isMainThread) {
  process.on('exit', () => {
    process.getBuiltinModule('fs').writeFileSync(file, JSON.stringify(process.resourceUsage()));
  });
}
