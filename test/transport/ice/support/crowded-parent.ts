/** Opens files until the system gives no more, then tries ICE, and says how that ended. */
import {openSync} from 'node:fs';
import process from 'node:process';
import {Failure} from '../../../../source/protocol/failure.js';
import {IceHost} from '../../../../source/transport/ice/ice-host.js';
import {noServers} from './ice-pairs.js';

/** More than whoever starts this allows. */
const maxFiles = 1000;

try {
	for (let count = 0; count < maxFiles; count++) openSync(process.execPath, 'r');
} catch {
	// That was the last one.
}

const host = new IceHost();
const {opened} = host.connect({
	initiator: true,
	generation: 1,
	servers: noServers,
	loopback: true,
	described: () => undefined,
});
try {
	await opened;
} catch (error) {
	process.stdout.write(`${error instanceof Failure ? error.code : String(error)}\n`);
}
await host.close();
