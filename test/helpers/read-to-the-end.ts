/**
 * Reads all that a program wrote to a pseudo-terminal, up to its end.
 *
 * By itself the library loses what is left when the program ends, and with it how the program left its terminal: libuv
 * takes the hang-up of the last writer for the end of the data, though a pseudo-terminal gives at most 4 KB at once, and the
 * library closes the terminal 200 ms after the end, read or not. So the terminal is kept open here, and a mark of our own is
 * written behind what the program wrote: the terminal is closed when the mark comes out.
 */
import {type IPty} from '@lydell/node-pty';
import {closeSync, constants, openSync, writeSync} from 'node:fs';
import {ReadStream} from 'node:tty';

/** What is behind the last output: one byte, so that it comes whole, and one that terminals ignore and programs do not write. */
export const endMark = '\u0000';

const deadlineMs = 30_000;

/** Begins it for a terminal that was just made; returns what ends it, after which the terminal can be closed at any time. */
export function readToTheEnd(pty: IPty): () => void {
	const {socket, device} = insides(pty);
	// Without waiting: where the terminal is full, only we can empty it.
	const kept = openSync(device, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
	const destroy = socket.destroy.bind(socket);
	let deadline: NodeJS.Timeout | undefined;
	let isMarked = false;

	const mark = () => {
		try {
			isMarked = writeSync(kept, endMark) > 0;
		} catch (error) {
			if (!isFull(error)) throw error;
		}
	};
	const ended = () => {
		deadline = setTimeout(release, deadlineMs);
		mark();
	};
	const release = () => {
		if (socket.destroy === destroy) return;
		socket.destroy = destroy;
		clearTimeout(deadline);
		closeSync(kept);
		if (deadline) destroy();
	};
	socket.destroy = (error) => {
		if (error) release();
		return socket;
	};
	socket.on('data', (data: string) => {
		if (!deadline) return;
		if (isMarked && data.endsWith(endMark)) release();
		else if (!isMarked) mark();
	});
	// The library waits for the terminal to be closed when the program has ended.
	socket.on('newListener', (event) => {
		if (event === 'close' && !deadline && socket.destroy !== destroy) ended();
	});
	return release;
}

/** Parts of the library's object that its types do not tell. */
function insides(pty: IPty): {readonly socket: ReadStream; readonly device: string} {
	const socket = '_socket' in pty ? pty._socket : undefined;
	const device = '_pty' in pty ? pty._pty : undefined;
	if (socket instanceof ReadStream && typeof device === 'string') return {socket, device};
	throw new Error('The library of the pseudo-terminal has changed.');
}

function isFull(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
