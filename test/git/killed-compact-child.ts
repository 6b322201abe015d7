/** Opens the store of a folder and packs it anew, to be killed meanwhile: `killed-compact-child.js FOLDER COMMIT`. */
import process from 'node:process';
import {Store} from '../../source/git/store.js';

const [folder = '', head = ''] = process.argv.slice(2);
const store = await Store.open(folder);
await store.compact({head, sinceMs: 0, nowMs: Date.now(), anchors: [], exclusive: async (work) => work()});
