import test from 'ava';
import {type NatsAddress, parseNatsAddress} from '../../../relay/cluster/nats-address.js';

const good: ReadonlyArray<[string, NatsAddress]> = [
	['nats://a', {servers: ['a:4222'], isTls: false}],
	['nats://a:5000/', {servers: ['a:5000'], isTls: false}],
	['tls://a', {servers: ['a:4222'], isTls: true}],
	['nats://[2001:db8::1]:1', {servers: ['[2001:db8::1]:1'], isTls: false}],
	['nats://token@a', {servers: ['a:4222'], isTls: false, token: 'token'}],
	['nats://u:p%40@a', {servers: ['a:4222'], isTls: false, user: 'u', pass: 'p@'}],
	['nats://u:p@a, nats://b:1', {servers: ['a:4222', 'b:1'], isTls: false, user: 'u', pass: 'p'}],
];
for (const [text, address] of good) {
	test(`${text} is read`, (t) => t.deepEqual(parseNatsAddress(text), address));
}

for (const text of [
	'',
	'a:4222',
	'http://a',
	'nats://',
	'nats://a/path',
	'nats://a?x=1',
	'nats://a,tls://b',
	'nats://u:%@a',
]) {
	test(`"${text}" is no address of NATS`, (t) => t.is(parseNatsAddress(text), undefined));
}
