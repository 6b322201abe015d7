/** The warning before the conflict: what peers say they are editing, shown for a while and bounded. */
import test from 'ava';
import {type Effect} from '../../source/core/effect.js';
import {type Event} from '../../source/core/event.js';
import {initialMachine} from '../../source/core/initial-machine.js';
import {update} from '../../source/core/update.js';

const bob = 'b'.repeat(26);

function start() {
	let at = 1_000_000;
	let machine = initialMachine({
		at,
		self: {peerId: 'a'.repeat(26), name: 'ada', instance: 'one', role: 'host'},
		session: {sessionId: 's', root: '/p', projectName: 'p', invite: '', relayUrl: ''},
		pin: 'auto',
		relayAttempt: 1,
	});
	const take = (event: Event, afterMs = 0): readonly Effect[] => {
		at += afterMs;
		const result = update(machine, event, {at, random: 0.5});
		machine = result.machine;
		return result.effects;
	};
	take({type: 'peer-joined', peer: {peerId: bob, publicKey: 'k', name: 'bob', instance: 'one'}});
	const say = (paths: string[], afterMs: number) =>
		take({type: 'peer-said', peerId: bob, generation: 1, message: {type: 'activity', paths}}, afterMs);
	const editing = () => machine.state.peers.get(bob)!.editing;
	const log = () =>
		machine.state.activity.items.flatMap(({kind, text}) => (kind === 'overlap' ? [text] : []));
	return {take, say, editing, log};
}

const told = (effects: readonly Effect[]) =>
	effects.flatMap((effect) =>
		effect.type === 'emit' && effect.event.event === 'editing' ? [effect.event] : [],
	);

test('what a peer edits is told once, shown, and gone when its time is over', (t) => {
	const {say, take, editing} = start();
	t.deepEqual(told(say(['f'], 0)), [{event: 'editing', peer_id: bob, paths: ['f']}]);
	t.deepEqual(told(say(['f'], 5000)), []);
	t.deepEqual(editing(), ['f']);
	take({type: 'timer-fired', timer: `editing ${bob}`}, 10_000);
	t.deepEqual(editing(), []);
	t.is(told(say(['f'], 0)).length, 1);
});

test('a flood of words about what is edited is passed on ten times a second, the last of them too', (t) => {
	const {say, take} = start();
	let count = told(say(['first'], 0)).length;
	let due = Infinity;
	for (let now = 1; now <= 1000; now++) {
		const effects = say([`f${now}`], 1);
		count += told(effects).length;
		for (const effect of effects) {
			if (effect.type === 'start-timer' && effect.timer.startsWith('tell')) due = now + effect.afterMs;
			if (effect.type === 'stop-timer') due = Infinity;
		}
		if (now < due) continue;
		count += told(take({type: 'timer-fired', timer: `tell-editing ${bob}`})).length;
		due = Infinity;
	}
	t.true(count >= 10 && count <= 11, String(count));
	say(['the last'], 1);
	t.deepEqual(
		told(take({type: 'timer-fired', timer: `tell-editing ${bob}`}, 100)).map(({paths}) => paths),
		[['the last']],
	);
});

test('of many paths some are shown', (t) => {
	const {say, editing} = start();
	say(
		Array.from({length: 32}, (_, index) => `f${index}`),
		0,
	);
	t.is(editing().length, 20);
});

test('who saves what a peer edits now is warned, once a path until that peer has stopped', (t) => {
	const {say, take, log} = start();
	const save = (...paths: string[]) => take({type: 'paths-edited', paths}, 100);
	save('src/player.ts');
	t.deepEqual(log(), [], 'nobody else edits it');
	say(['src/player.ts', 'src/ai.ts'], 100);
	save('README.md');
	t.deepEqual(log(), []);
	save('src/player.ts', 'README.md');
	save('src/player.ts');
	const warning = 'You and bob both edit src/player.ts.';
	t.deepEqual(log(), [warning]);
	say(['other'], 100);
	say(['src/player.ts'], 100);
	save('src/player.ts');
	t.deepEqual(log(), [warning], 'it never stopped');
	take({type: 'timer-fired', timer: `editing ${bob}`}, 10_000);
	save('src/player.ts');
	t.deepEqual(log(), [warning]);
	say(['src/player.ts'], 100);
	save('src/player.ts');
	t.deepEqual(log(), [warning, warning]);
});
