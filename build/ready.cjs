// Run first by the scripts of package.json that start something in a clone: what is missing there is said in one line. Old Nodes
// can read it.
'use strict';

require('../bin/node-version.cjs');

try {
  require.resolve('tsx');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  process.stderr.write(
    'Nothing is installed here yet, or not all of it. Run npm ci first, without --omit=dev.\n',
  );
  process.exit(1);
}
