/**
 * Where the invite of `join` comes from. An argument shows in process lists and shell histories, so there are three
 * other ways: standard input, the environment, and a question.
 */
import {existsSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline/promises';
import {Failure} from '../protocol/failure.js';
import {type Invite, parseInvite} from '../protocol/invite.js';
import {usageFailure} from './report-failure.js';
import {isInteractive, type Terminal} from './terminal.js';
import {inviteFault, inviteText, usageText} from './usage-text.js';

/** The longest invite fits several times. */
const maxInputBytes = 16 * 1024;

/** The invite and the folder of `join [invite] [dir]`. Throws Failure `bad_invite` or `usage`. */
export async function readInvite(
	terminal: Terminal,
	words: readonly string[],
): Promise<{readonly invite: Invite; readonly folder: string}> {
	const [first, second] = words;
	// An empty variable counts as not set.
	const fromEnv = terminal.env.PULSYNC_INVITE || undefined;
	// With an invite in the environment the one word is the folder, unless it is an invite itself.
	const isFolder = first !== undefined && second === undefined && !looksLikeInvite(first) && first !== '-';
	if (isFolder && (fromEnv || existsSync(path.resolve(terminal.folder, first)))) {
		return {
			invite: checkInvite(fromEnv ?? (await ask(terminal))),
			folder: path.resolve(terminal.folder, first),
		};
	}
	const text = first === '-' ? await readAll(terminal.stdin) : (first ?? fromEnv ?? (await ask(terminal)));
	return {invite: checkInvite(text), folder: path.resolve(terminal.folder, second ?? '.')};
}

function looksLikeInvite(word: string): boolean {
	return /^pulsyncs?:/i.test(word);
}

/** Throws Failure `bad_invite` for a text that is none. */
export function checkInvite(text: string): Invite {
	const result = parseInvite(text);
	if (result.ok) return result.invite;
	throw new Failure('bad_invite', {severity: 'fatal', details: inviteFault(result.reason)});
}

async function readAll(stdin: NodeJS.ReadStream): Promise<string> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	for await (const chunk of stdin as AsyncIterable<Buffer>) {
		chunks.push(chunk);
		bytes += chunk.length;
		if (bytes > maxInputBytes) break;
	}
	return Buffer.concat(chunks).toString('utf8');
}

async function ask(terminal: Terminal): Promise<string> {
	if (!isInteractive(terminal)) {
		throw usageFailure(usageText.noInvite);
	}
	// On stderr: stdout is for what was asked for.
	const lines = createInterface({input: terminal.stdin, output: terminal.stderr, prompt: inviteText.ask});
	let text = '';
	try {
		lines.prompt();
		for await (const line of lines) {
			text += line;
			// It was wrapped where it was shown, and its last line comes with an enter of its own.
			const isUnfinished = looksLikeInvite(text) && !parseInvite(text).ok;
			if (!isUnfinished || line === '' || text.length > maxInputBytes) break;
			lines.setPrompt(inviteText.askRest);
			lines.prompt();
		}
	} finally {
		lines.close();
	}
	return text;
}
