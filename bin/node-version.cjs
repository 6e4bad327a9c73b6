// Run before all else by the command and by the scripts of package.json. Written so that old Nodes can read it: what comes after it
// they would refuse with a syntax error, or an option that they do not know.
'use strict';

var manifest = require('../package.json');

var wanted = manifest.engines.node.replace(/^\D+/, '').split('.').map(Number);
var found = process.versions.node.split('.').map(Number);
var at = [0, 1, 2].find((index) => found[index] !== wanted[index]);
if (at !== undefined && found[at] < wanted[at]) {
  process.stderr.write(
    'Node ' +
      process.versions.node +
      ' is too old: ' +
      manifest.name +
      ' needs ' +
      wanted.slice(0, 2).join('.') +
      ' or newer. Install one from https://nodejs.org, or with nvm: nvm install --lts\n',
  );
  process.exit(1);
}
