/** Plays a tape in a real terminal: a shell, the real program, its keys, and what each `Wait` waits for. */
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {programFile} from '../helpers/peer-process.js';
import {TestTerminal} from '../helpers/terminal.js';
import {parseDuration, type TapeStep} from './tape.js';

/** About what VHS makes of the width, height and font of the tape. */
const [columns, rows] = [110, 32];
const defaultWaitMs = 15_000;

export type Playing = {
	/** Keys at the pace of a person and every `Sleep`; otherwise only what is waited for takes time. */
	readonly realTime: boolean;
	/** Called for each change of the screen that is to be shown. */
	readonly onFrame?: (terminal: TestTerminal) => void;
};

/** Plays it in the folder; rejects with the screen as it was where something does not come. */
export async function playTape(
	steps: readonly TapeStep[],
	{folder, env}: {readonly folder: string; readonly env: NodeJS.ProcessEnv},
	{realTime, onFrame}: Playing,
): Promise<void> {
	const setting = (name: string) => steps.find((step) => step.type === 'set' && step.name === name);
	const durationOf = (name: string, otherwise: number) => {
		const step = setting(name);
		return step?.type === 'set' ? parseDuration(step.value) : otherwise;
	};
	const typingMs = realTime ? durationOf('TypingSpeed', 50) : 0;
	const waitMs = durationOf('WaitTimeout', defaultWaitMs);
	const own = Object.fromEntries(
		steps.flatMap((step) => (step.type === 'env' ? [[step.name, step.value]] : [])),
	);
	const terminal = new TestTerminal({
		file: 'bash',
		args: ['--norc', '--noprofile', '-i'],
		cwd: folder,
		env: {...env, ...own, PATH: `${putOnPath(folder)}:${env.PATH ?? ''}`, PS1: '> ', HISTFILE: undefined},
		columns,
		rows,
	});
	let isShown = true;
	/** How much had been written when the shell last got an enter: the prompt of that line is not the one to wait for. */
	let enteredAt = 0;
	const stopLooking = onFrame ? terminal.onChange(() => isShown && onFrame(terminal)) : () => undefined;
	try {
		await waitOn(terminal, {on: 'line', pattern: />$/, enteredAt}, waitMs);
		for (const step of steps) {
			switch (step.type) {
				case 'show':
					isShown = step.isShown;
					if (isShown) onFrame?.(terminal);
					break;
				case 'type':
					for (const sign of realTime ? step.text : [step.text]) {
						terminal.press(sign);
						await pause(typingMs);
					}
					break;
				case 'key':
					if (step.key === 'enter' && !terminal.isAlternate) enteredAt = terminal.raw.length;
					terminal.press(step.key);
					await pause(typingMs);
					break;
				case 'sleep':
					if (realTime) await pause(step.ms);
					break;
				case 'wait':
					await waitOn(terminal, {...step, enteredAt}, waitMs);
					break;
				default:
			}
		}
	} finally {
		stopLooking();
		await terminal.close();
	}
}

async function waitOn(
	terminal: TestTerminal,
	{on, pattern, enteredAt}: {on: 'screen' | 'line'; pattern: RegExp; enteredAt: number},
	waitMs: number,
): Promise<void> {
	if (on === 'screen') return terminal.waitFor(pattern, waitMs);
	// The shell's prompt stands in its own buffer and below everything else.
	const last = () => terminal.grid().findLast((line) => line !== '') ?? '';
	const hasEntered = () => enteredAt === 0 || terminal.raw.includes('\n', enteredAt);
	return terminal.waitUntil(
		() => !terminal.isAlternate && hasEntered() && pattern.test(last()),
		`the prompt ${pattern}`,
		waitMs,
	);
}

/** A folder with the command `pulsync-tui`, as an installed package has it. */
function putOnPath(folder: string): string {
	const bin = path.join(folder, '.bin');
	const command = path.join(bin, 'pulsync-tui');
	mkdirSync(bin, {recursive: true});
	writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${programFile}' "$@"\n`);
	chmodSync(command, 0o755);
	return bin;
}

async function pause(ms: number): Promise<void> {
	if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
