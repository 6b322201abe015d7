/** The commands that ask or tell the running session of the folder they are run in. */
import {realpathSync} from 'node:fs';
import {type ExitCode} from '../core/text.js';
import {type Take} from '../core/command.js';
import {Failure} from '../protocol/failure.js';
import {type ControlAnswer} from '../runtime/control-answer.js';
import {type ControlRequest} from '../runtime/control-protocol.js';
import {choose, limitOf, maxKeepDays, parsePin, textOf, wholeNumberOf} from './choices.js';
import {type CommandName} from './commands.js';
import {askSession} from './control-client.js';
import {findRoot, findSession, projectPath} from './find-root.js';
import {type FlagValues} from './flags.js';
import {formatAnswer, formatNothing} from './format-answer.js';
import {type MergedFile, openMergedFile} from './merged-file.js';
import {reportFailure, reportSentence, usageFailure} from './report-failure.js';
import {type Terminal} from './terminal.js';
import {usageText} from './usage-text.js';

export type Query = Exclude<CommandName, 'open' | 'host' | 'join' | 'relay' | 'help' | 'completion'>;

const takes: readonly string[] = ['mine', 'theirs', 'base', 'both'] satisfies Take[];
const defaultTimeoutS = 600;
/** A day: longer than anybody waits. */
const maxTimeoutS = 86_400;

export async function runQuery(
	terminal: Terminal,
	command: Query,
	words: readonly string[],
	values: FlagValues,
): Promise<ExitCode> {
	const json = values.json === true;
	let merged: MergedFile | undefined;
	try {
		const file = textOf(values, 'file');
		if (file !== undefined) merged = await openMergedFile(terminal, file);
		// What is wrong about the words is told first, wherever they are said.
		const toPath = (word: string) => projectPath(findRoot(terminal.folder), terminal.folder, word);
		const request = buildRequest(command, words, values, toPath, merged?.file);
		const answer = await answerTo(request, terminal.folder);
		if ('error' in answer) return reportSentence(terminal, answer.error, json ? 'object' : 'text');
		if (command === 'show' && !json) {
			terminal.stdout.write(Buffer.from(String(answer.result.data), 'base64'));
			return 0;
		}
		const text = json ? `${JSON.stringify(answer.result)}\n` : formatAnswer(command, answer.result);
		terminal.stdout.write(text);
		if (text === '' && terminal.stdout.isTTY) terminal.stderr.write(formatNothing(command));
		return 0;
	} catch (error) {
		return reportFailure(terminal, error, json ? 'object' : 'text', command);
	} finally {
		merged?.remove();
	}
}

/** The session's; a folder whose session does not run can be left as well. */
async function answerTo(request: ControlRequest, folder: string): Promise<ControlAnswer> {
	const root = findRoot(folder);
	try {
		return await askSession(root, request, waitMsOf(request));
	} catch (error) {
		const isRunning = !(error instanceof Failure && error.code === 'not_running');
		// From within a repository of its own nobody means the project around it.
		const isMeant = root === realpathSync(folder) || findSession(folder) === root;
		if (request.request !== 'leave' || isRunning || !isMeant) throw error;
		const {runLeaveProgram} = await import('./leave-program.js');
		return runLeaveProgram(root);
	}
}

/** How long the work itself may take. */
function waitMsOf(request: ControlRequest): number {
	if (request.request === 'sync') return request.timeout_ms;
	return request.request === 'tidy' ? maxTimeoutS * 1000 : 0;
}

/** Throws Failure `usage` for words and flags that make no request. */
function buildRequest(
	command: Query,
	words: readonly string[],
	values: FlagValues,
	toPath: (word: string) => string | undefined,
	mergedFile: string | undefined,
): ControlRequest {
	const peer = textOf(values, 'peer');
	const [word] = words;
	const pathOf = () => (word === undefined ? undefined : toPath(word));
	switch (command) {
		case 'invite':
		case 'status':
		case 'conflicts':
		case 'pause':
		case 'leave':
			return {request: command};
		case 'history':
			return {request: 'history', path: pathOf(), older: values.older === true};
		case 'diff':
			return {request: 'diff', path: pathOf(), from: textOf(values, 'from'), to: textOf(values, 'to')};
		case 'resume':
			return {request: 'resume', accept_deletions: values['accept-deletions'] === true};
		case 'show': {
			const path = pathOf();
			if (path === undefined) throw usageFailure(usageText.showNeedsPath);
			return {request: 'show', path, side: textOf(values, 'side'), peer, at: textOf(values, 'at')};
		}
		case 'resolve':
			return buildResolve(words, values, toPath, mergedFile);
		case 'tier': {
			const pin = word === undefined ? undefined : parsePin(word);
			if (word !== undefined && !pin) {
				throw usageFailure(usageText.tierWord(word));
			}
			return {request: 'tier', pin, peer};
		}
		case 'limit': {
			const chosen = choose(() => ({up: limitOf(values, 'up'), down: limitOf(values, 'down')}));
			if (!chosen.ok) throw usageFailure(chosen.message);
			return {request: 'limit', ...chosen.choices};
		}
		case 'restore': {
			const at = textOf(values, 'at');
			if (at === undefined) throw usageFailure(usageText.restoreNeedsAt);
			return {request: 'restore', path: pathOf() ?? '.', at};
		}
		case 'tidy': {
			const chosen = choose(() => wholeNumberOf(values, 'keep-days', 0, maxKeepDays));
			if (!chosen.ok) throw usageFailure(chosen.message);
			return {request: 'tidy', days: chosen.choices};
		}
		case 'sync': {
			const chosen = choose(() => wholeNumberOf(values, 'timeout', 1, maxTimeoutS));
			if (!chosen.ok) throw usageFailure(chosen.message);
			const timeoutS = chosen.choices ?? defaultTimeoutS;
			return {request: 'sync', wait: values.wait === true, timeout_ms: timeoutS * 1000};
		}
	}
}

function buildResolve(
	words: readonly string[],
	values: FlagValues,
	toPath: (word: string) => string | undefined,
	mergedFile: string | undefined,
): ControlRequest {
	const take = textOf(values, 'take');
	if ((take === 'merged') !== (mergedFile !== undefined)) throw usageFailure(usageText.mergedNeedsFile);
	if (mergedFile !== undefined) {
		const [path] = words.map(toPath);
		if (words.length !== 1 || path === undefined || values.all === true)
			throw usageFailure(usageText.mergedIsOne);
		return {request: 'resolve-merged', path, file: mergedFile};
	}
	if (take === undefined) throw usageFailure(usageText.resolveNeedsTake);
	if (!takes.includes(take)) throw usageFailure(usageText.take(take));
	const common = {request: 'resolve' as const, peer: textOf(values, 'peer'), take: take as Take};
	if (values.all === true) {
		if (words.length > 1) throw usageFailure(usageText.allIsOne);
		return {...common, paths: 'all', folder: words[0] === undefined ? undefined : toPath(words[0])};
	}
	if (words.length === 0) throw usageFailure(usageText.resolveNeedsPaths);
	const paths = words.map(toPath).filter((path) => path !== undefined);
	// The project's own folder is all of it.
	return {...common, paths: paths.length < words.length ? 'all' : paths};
}
