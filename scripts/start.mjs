/** `npm start`: installs and builds if need be, then opens the program in the folder that npm was called in. */
import process from 'node:process';
import {prepare} from './prepare.mjs';

await prepare();
// npm runs scripts in the package's own folder and leaves the caller's in INIT_CWD.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
await import('../dist/program/cli.js');
