/** How a channel lets go of what is below it. */
import {type Duplex} from 'node:stream';
import {type Failure} from '../protocol/failure.js';

/** How long what was sent may still leave. */
const lingerMs = 1000;

/** Ends stream and carrier: at once for a failure, whose code goes to the other end; else after what was sent. */
export function hangUp(stream: Duplex, carrier: Duplex, failure: Failure | undefined): void {
	if (failure || stream.destroyed) {
		carrier.destroy(failure);
		stream.destroy();
		return;
	}
	stream.end();
	const timer = setTimeout(() => {
		stream.destroy();
		carrier.destroy();
	}, lingerMs);
	timer.unref();
	carrier.once('close', () => clearTimeout(timer));
}
