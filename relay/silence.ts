/** What a socket's bytes tell of its peer: whether it speaks, ends what it begins, and takes what is sent to it. */
import {type Connection} from './connection.js';

/** A handshake has some hundred bytes; before it nobody may store more here. */
const maxStrangerBytes = 64 * 1024;
/** So much of one message, for so long: it is not slow, it is never meant to end. */
const maxUnfinishedBytes = 64 * 1024;
const unfinishedMs = 60_000;
/**
 * Who takes nothing for so long of what waits for it keeps memory for nothing; it can come back. Sockets tell of whole writes only, up
 * to 256 KiB each: a line of 32 kbit/s needs a minute for one. Where memory is short there is no time for that.
 */
const stuckMs = 60_000;
const stuckMsInNeed = 15_000;

/** Notes what came and what was taken since the last look. While this process slept neither could be seen: that counts as both. */
export function listen(connection: Connection, now: number, {wasAsleep}: {wasAsleep: boolean}): void {
	const {outbox, port} = connection;
	const bytesRead = port.bytesRead();
	if (wasAsleep || bytesRead !== connection.bytesRead) connection.heardAt = now;
	connection.bytesRead = bytesRead;
	const {takenBytes} = outbox;
	if (wasAsleep || takenBytes > connection.takenBytes || outbox.bytes === 0) connection.tookAt = now;
	connection.takenBytes = Math.max(connection.takenBytes, takenBytes);
}

/** True for who reads nothing of what waits for it, even if it goes on to speak. */
export function isStuck(
	{tookAt, status}: Connection,
	now: number,
	{isCrowded}: {isCrowded: boolean},
): boolean {
	return status !== 'closing' && now - tookAt > (isCrowded ? stuckMsInNeed : stuckMs);
}

/** A message that is begun and goes on without end holds memory that nobody answers for. */
export function isUnfinished(connection: Connection, now: number): boolean {
	const {status, bytesRead} = connection;
	if (status === 'closing') return false;
	if (status === 'stranger' && bytesRead > maxStrangerBytes) return true;
	if (connection.spoke) {
		connection.spoke = false;
		connection.wholeBytes = bytesRead;
		connection.wholeAt = now;
	}

	return bytesRead - connection.wholeBytes > maxUnfinishedBytes && now - connection.wholeAt > unfinishedMs;
}
