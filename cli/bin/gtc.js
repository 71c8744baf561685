#!/usr/bin/env node
// Looked at before anything is loaded: an older Node does not know what the program imports.
if (Number.parseInt(process.versions.node, 10) < 26) {
  process.stderr.write(`error: gtc needs Node 26 or newer, and this is ${process.version}.\n`);
  process.exitCode = 2;
} else {
  await import('../dist/gtc.js');
}
