/** A program with a child that describes itself, until it is killed; tells the child's process id. */
import {loopbackHost, noServers} from './ice-pairs.js';

const host = loopbackHost();
host.connect({
	initiator: true,
	generation: 1,
	servers: noServers,
	loopback: true,
	described: () => process.send?.(host.pid),
});
