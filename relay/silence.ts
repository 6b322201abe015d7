/** What a socket says by what has arrived from it: whether anything came, and whether messages that begin also end. */
import {type Connection} from './connection.js';

/** A handshake has some hundred bytes; before it nobody may store more here. */
const maxStrangerBytes = 64 * 1024;
/** So much of one message, for so long: it is not slow, it is never meant to end. */
const maxUnfinishedBytes = 64 * 1024;
const unfinishedMs = 60_000;

/** Notes whether anything came since the last look. Who could not be heard, since this process slept, counts as heard. */
export function listen(connection: Connection, now: number, {wasAsleep}: {wasAsleep: boolean}): void {
	const bytesRead = connection.port.bytesRead();
	if (wasAsleep || bytesRead !== connection.bytesRead) connection.heardAt = now;
	connection.bytesRead = bytesRead;
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
