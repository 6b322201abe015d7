/** The child's end of the pipe: frames in, and frames out in batches, for each write costs the kernel and the parent a turn. */
import {type OnReadOpts, Socket, type SocketConstructorOpts} from 'node:net';
import {encodeFrame, encodeHeader, FrameReader, type FrameType, type TakeFrame} from './pipe-frame.js';

/** Where the parent puts the pipe, after stdin, stdout and stderr. */
export const pipeFd = 3;

/** As much as a pipe of this kind holds; read into the same memory again and again. */
const readBytes = 256 * 1024;

export class ChildPipe {
	readonly #socket: Socket;
	#isCorked = false;

	/** `ended` comes when the parent is gone or sends garbage. */
	constructor({take, ended}: {readonly take: TakeFrame; ended: () => void}) {
		const reader = new FrameReader({inPieces: false, take});
		const memory = Buffer.allocUnsafe(readBytes);
		const options: SocketConstructorOpts & {readonly onread: OnReadOpts} = {
			fd: pipeFd,
			onread: {
				buffer: memory,
				callback(bytesRead) {
					try {
						reader.push(memory.subarray(0, bytesRead));
					} catch {
						ended();
					}
					return true;
				},
			},
		};
		this.#socket = new Socket(options);
		this.#socket.on('end', ended);
		this.#socket.on('close', ended);
		this.#socket.on('error', ended);
	}

	say(type: FrameType, link = 0, payload: Uint8Array | string = ''): void {
		if (!this.#isCorked) {
			this.#isCorked = true;
			this.#socket.cork();
			setImmediate(() => {
				this.#isCorked = false;
				this.#socket.uncork();
			});
		}
		if (type !== 'data' || typeof payload === 'string') {
			this.#socket.write(encodeFrame(type, link, payload));
			return;
		}
		this.#socket.write(encodeHeader(type, link, payload.byteLength));
		this.#socket.write(payload);
	}

	/** Resolves when all that was said has left. */
	async flush(): Promise<void> {
		return new Promise((resolve) => this.#socket.write('', () => resolve()));
	}
}
