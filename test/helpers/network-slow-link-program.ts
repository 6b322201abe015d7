/**
 * A cable of a chosen delay, loss and rate, for kernels that cannot make one: Ethernet frames come in VXLAN packets on one
 * port and leave for another. Arguments: the address of the switches, for each end the port to hear on and the port to send
 * to, then delay in ms, loss in percent and rate in bytes per second (0: as fast as it goes) of each direction. Ends with its
 * standard input.
 */
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import process from 'node:process';
import {fillChecksum} from './network-checksum.js';

const vxlanHeaderBytes = 8;
/** As much as a small router keeps before it drops. */
const queueMs = 100;

const [switches, ...numbers] = process.argv.slice(2);
const [hearA, sendA, hearB, sendB, delayMs, lossPercent, bytesPerSecond] = numbers.map(Number);

async function openDirection(hear: number, send: number): Promise<void> {
	const inward = createSocket({type: 'udp4', recvBufferSize: 4 * 1024 * 1024});
	const outward = createSocket({type: 'udp4', sendBufferSize: 4 * 1024 * 1024});
	inward.bind(hear);
	await once(inward, 'listening');
	const waiting: {readonly at: number; readonly packet: Buffer}[] = [];
	let busyUntil = 0;
	let timer: NodeJS.Timeout | undefined;
	const release = () => {
		timer = undefined;
		const now = performance.now();
		while (waiting[0] && waiting[0].at <= now) outward.send(waiting.shift()!.packet, send, switches);
		if (waiting[0]) timer = setTimeout(release, waiting[0].at - now);
	};
	inward.on('message', (packet) => {
		if (Math.random() * 100 < lossPercent!) return;
		const now = performance.now();
		const startsAt = Math.max(now, busyUntil);
		if (startsAt - now > queueMs) return;
		fillChecksum(packet, vxlanHeaderBytes);
		busyUntil = startsAt + (bytesPerSecond! > 0 ? (packet.length / bytesPerSecond!) * 1000 : 0);
		waiting.push({at: busyUntil + delayMs!, packet});
		if (timer === undefined) release();
	});
}

await Promise.all([openDirection(hearA!, sendB!), openDirection(hearB!, sendA!)]);
process.stdout.write('ready\n');
process.stdin.on('end', () => process.exit(0)).resume();
