/** Tests that need a NATS server. */
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import {whyNoNats} from './nats-server.js';

/** Declares a test with a NATS server: skipped, with the reason in its title, where there is none; failed in CI. */
export function natsTest(title: string, run: (t: ExecutionContext) => Promise<void>): void {
	if (whyNoNats === undefined) test.serial(title, run);
	// In CI nobody would notice what is not run.
	else if (process.env['CI']) test.serial(title, (t) => t.fail(whyNoNats));
	else test.serial.skip(`${title} (${whyNoNats})`, run);
}
