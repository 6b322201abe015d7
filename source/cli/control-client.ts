/** One question to the running session of a project, and its answer. */
import net from 'node:net';
import {Failure} from '../protocol/failure.js';
import {type ControlAnswer, maxAnswerBytes, parseAnswer, parseGreeting} from '../runtime/control-answer.js';
import {type ControlRequest} from '../runtime/control-protocol.js';
import {controlSocketPath} from '../runtime/control-socket.js';

/** A session that is busy applying answers within a second; one that hangs must not hang the command too. */
const answerDeadlineMs = 60_000;

/**
 * Asks the session that runs in `root` (a real path). Throws Failure `not_running` if none does, `wrong_session` if the
 * socket turns out to be another project's, `session_busy` if it takes no more, `timeout` if no answer comes `extraMs` after
 * the deadline.
 */
export async function askSession(root: string, request: ControlRequest, extraMs = 0): Promise<ControlAnswer> {
	const socket = net.connect(controlSocketPath(root));
	const timer = setTimeout(() => socket.destroy(new Failure('timeout')), answerDeadlineMs + extraMs);
	try {
		const lines = readLines(socket);
		const {value: first} = await lines.next();
		// A session that is there takes the connection; where it closes it without a word, too many others have one.
		if (first === undefined) throw new Failure('session_busy', {details: {path: root}});
		const greeting = parseGreeting(first);
		if (!greeting) throw notRunning(root);
		if (greeting.root !== root) {
			throw new Failure('wrong_session', {severity: 'fatal', details: {root: greeting.root}});
		}
		socket.write(`${JSON.stringify(request)}\n`);
		const answer = parseAnswer(await next(lines, root));
		if (!answer) throw notRunning(root);
		return answer;
	} catch (error) {
		throw error instanceof Failure ? error : notRunning(root, error);
	} finally {
		clearTimeout(timer);
		socket.destroy();
	}
}

async function* readLines(socket: net.Socket): AsyncGenerator<string, void> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	for await (const chunk of socket as AsyncIterable<Buffer>) {
		let rest = chunk;
		for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
			chunks.push(rest.subarray(0, end));
			yield Buffer.concat(chunks.splice(0)).toString('utf8');
			rest = rest.subarray(end + 1);
			bytes = 0;
		}
		bytes += rest.length;
		if (bytes > maxAnswerBytes) throw new Failure('too_large', {details: {path: 'The answer'}});
		chunks.push(rest);
	}
}

async function next(lines: AsyncGenerator<string, void>, root: string): Promise<string> {
	const {value} = await lines.next();
	if (value === undefined) throw notRunning(root);
	return value;
}

function notRunning(root: string, cause?: unknown): Failure {
	return new Failure('not_running', {severity: 'fatal', details: {path: root}, cause});
}
