#!/usr/bin/env node
// Old Nodes can read this file, and so say that they are too old.
import './node-version.cjs';

import('./command.mjs');
