/** The middlebox as a program, to stand in a network: arguments are its address, port and policy, and the relay behind it. */
import process from 'node:process';
import {type BinaryPolicy, startMiddlebox} from './middlebox.js';

const [host, port, policy, target] = process.argv.slice(2);
await startMiddlebox(target!, policy as BinaryPolicy, {host, port: Number(port)});
process.stdout.write('ready\n');
process.stdin.on('end', () => process.exit(0)).resume();
