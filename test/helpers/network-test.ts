/** Declares a test of the network lab: skipped, with the reason in its title, where there can be no lab; failed in CI. */
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import {whyNoLab} from './network-namespaces.js';

const reason = whyNoLab();

/** Tests of one file run one after the other, since each is a whole small internet. */
export function networkTest(title: string, run: (t: ExecutionContext) => Promise<void>): void {
	if (reason === undefined) test.serial(title, run);
	// In CI nobody would notice what is not run.
	else if (process.env['CI']) test.serial(title, (t) => t.fail(reason));
	else test.serial.skip(`${title} (${reason})`, run);
}
