import {type WriteStream} from 'node:tty';

/**
 * Says whether a write to a terminal waits until the terminal has taken all of it.
 *
 * Node lets it wait, and all that the program does with it: over a connection that stands still the peers would be lost. Without
 * waiting Node keeps what is not yet taken. There is no other way to say so than by the handle of the stream; where that
 * is not as expected, writes go on waiting.
 */
export function setBlocking(stream: WriteStream, isBlocking: boolean): void {
	const handle = '_handle' in stream ? stream._handle : undefined;
	if (typeof handle !== 'object' || handle === null || !('setBlocking' in handle)) return;
	if (typeof handle.setBlocking === 'function') Reflect.apply(handle.setBlocking, handle, [isBlocking]);
}
