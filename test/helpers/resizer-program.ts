/**
 * A program that cuts a large file short and lets it grow again, 100 times a second. Each time it writes a number, the count
 * so far, first at the beginning and then at the end: content with a newer one at its end was never one state of the file. When
 * its input ends it lets the file be whole and says how often it did it and the last size.
 *
 *     node resizer-program.js <file> <bytes at most>
 */
import {closeSync, fstatSync, ftruncateSync, openSync, writeSync} from 'node:fs';
import process from 'node:process';

const [file = '', maxText = ''] = process.argv.slice(2);
const max = Number(maxText);
const handle = openSync(file, 'r+');
let count = 0;

function resize(size: number): void {
	count++;
	const mark = Buffer.alloc(8);
	mark.writeBigUInt64BE(BigInt(count));
	ftruncateSync(handle, size);
	writeSync(handle, mark, 0, 8, 0);
	writeSync(handle, mark, 0, 8, size - 8);
}

const timer = setInterval(
	() => resize(count % 2 === 0 ? max : Math.floor(max * (0.1 + 0.8 * Math.random()))),
	10,
);
process.stdin.resume().on('end', () => {
	clearInterval(timer);
	resize(max);
	process.stdout.write(`${JSON.stringify({count, size: fstatSync(handle).size})}\n`);
	closeSync(handle);
});
