/** The terminal of the tests reads all that a program wrote, however busy the machine is, and tells the end of each. */
import process from 'node:process';
import test from 'ava';
import {TestTerminal} from './terminal.js';

const lines = 300;
const writeLines = `process.stdout.write("\\x1b[?1049h" + "a line\\n".repeat(${lines}));`;

/** Takes the processor from this process for longer than the library waits for what is left. */
function sleepSoundly(): void {
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
}

test('what a program writes last is read although nobody reads for a while', async (t) => {
	const terminal = new TestTerminal({args: ['-e', `${writeLines}process.stdout.write("\\x1b[?1049l")`]});
	terminal.onChange(sleepSoundly);
	t.deepEqual(await terminal.exited, {code: 0, signal: undefined});
	t.true(terminal.raw.endsWith('\u001B[?1049l'));
	t.false(terminal.isAlternate);
	await terminal.close();
});

test('a program that does not leave the alternate screen is found out', async (t) => {
	const terminal = new TestTerminal({args: ['-e', writeLines]});
	await terminal.exited;
	t.is(terminal.raw.split('a line').length - 1, lines);
	t.true(terminal.isAlternate);
	await terminal.close();
});

test('the end is told although somebody else keeps the terminal open', async (t) => {
	const keeper =
		'process.stdin.resume(); setTimeout(() => {}, 60_000); console.log("kept by", process.pid, ".")';
	const leaveKeeper = `const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(keeper)}],
		{stdio: "inherit", detached: true}); child.unref(); setTimeout(() => process.exit(3), 1000);`;
	const terminal = new TestTerminal({args: ['-e', leaveKeeper]});
	await terminal.waitFor(/kept by \d+ \./);
	t.is((await terminal.exited).code, 3);
	process.kill(Number(/kept by (\d+)/.exec(terminal.text())?.[1]));
	await terminal.close();
});

test('time in which this process is stopped does not count as waiting', async (t) => {
	const terminal = new TestTerminal({
		args: ['-e', 'console.log("first"); setTimeout(() => console.log("second"), 200)'],
	});
	await terminal.waitFor('first');
	const seen = terminal.waitFor('second', 1000);
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
	await seen;
	await t.throwsAsync(terminal.waitFor('third', 300), {message: /deadline|ended/});
	await terminal.close();
});
