import test from 'ava';
import {settingsDoor} from '../../source/cli/settings-door.js';
import {type Command} from '../../source/core/command.js';
import {type Settings, type SettingsStore, type SettingsTrouble} from '../../source/settings/settings.js';
import {type State} from '../../source/core/state.js';
import {type LookWishes} from '../../source/tui/look.js';
import {sampleState} from '../helpers/sample-state.js';

type Options = {
	readonly isWritable?: boolean;
	readonly settings?: Partial<Settings>;
	readonly state?: Partial<State>;
	readonly look?: LookWishes;
	readonly trouble?: SettingsTrouble;
};

function door({isWritable = true, settings: before = {}, state = {}, look = {}, trouble}: Options = {}) {
	let kept: Settings = {...before, recentSessions: []};
	const sent: Command[] = [];
	const forgotten: string[] = [];
	const settings: Pick<SettingsStore, 'file' | 'read' | 'trouble' | 'write'> = {
		file: '/settings.json',
		trouble: () => trouble,
		read: () => kept,
		async write(changes) {
			if (isWritable) kept = {...kept, ...changes};
			return isWritable;
		},
	};
	const session = {
		send: (command: Command) => void sent.push(command),
		getSnapshot: () => ({...sampleState(), ...state}),
		forgetName: async () => void forgotten.push('name'),
	};
	const made = settingsDoor(settings, session, {look});
	return {made, sent, forgotten, kept: () => kept};
}

test('a limit is kept and holds at once; an empty one is none', async (t) => {
	const {made, sent, kept} = door();
	t.is(await made.change('limitUp', '2MB/s'), undefined);
	t.is(await made.change('limitDown', ''), undefined);
	t.deepEqual(sent, [
		{type: 'set-limits', up: 2_000_000},
		{type: 'set-limits', down: null},
	]);
	t.is(kept().limitUp, '2MB/s');
	t.is(made.read().limitUp, '2MB/s');
});

test('what is wrong, or cannot be kept, is said and changes nothing', async (t) => {
	const {made, sent, kept} = door();
	t.regex((await made.change('limitUp', 'fast')) ?? '', /rate such as/);
	t.regex((await made.change('relayUrl', 'relay.example')) ?? '', /ws:\/\//);
	t.deepEqual(kept(), {recentSessions: []});
	const unwritable = door({isWritable: false});
	t.regex((await unwritable.made.change('limitUp', '1MB/s')) ?? '', /cannot be written/);
	const broken = door({isWritable: false, trouble: {reason: 'it is no JSON'}});
	t.regex((await broken.made.change('limitUp', '1MB/s')) ?? '', /settings\.json cannot be read/);
	t.deepEqual([...sent, ...unwritable.sent, ...broken.sent], []);
});

test('a name is for the next start, in place of one that the session keeps, and is no command', async (t) => {
	const {made, sent, forgotten, kept} = door();
	t.is(await made.change('limitUp', '1MB/s'), undefined);
	t.deepEqual([forgotten.length, sent.splice(0).length], [0, 1]);
	t.is(await made.change('name', 'ada'), undefined);
	t.is(kept().name, 'ada');
	t.deepEqual(forgotten, ['name']);
	t.deepEqual(sent, []);
});

test('what the session uses in place of what is kept is told', (t) => {
	const {self} = sampleState();
	const limits = {up: 2_000_000, down: undefined};
	const {made} = door({
		settings: {name: 'ada', limitUp: '2MB/s', limitDown: '1MB/s'},
		state: {self: {...self, name: 'zoe'}, limits},
	});
	t.deepEqual(made.inUse(), {name: 'zoe', limitDown: 'no limit'});
	const unset = door({state: {self: {...self, name: 'zoe'}, limits: {up: 500_000, down: undefined}}});
	t.deepEqual(unset.made.inUse(), {name: 'zoe', limitUp: '500 kB/s'});
});

test('the relay in use is told where it is not the one of the settings', (t) => {
	const {self, session} = sampleState();
	const used = (role: 'host' | 'member', relayUrl: string, kept?: string) => {
		const state = {self: {...self, role}, session: {...session, relayUrl}};
		return door({settings: {name: self.name, relayUrl: kept}, state}).made.inUse().relayUrl;
	};
	const own = 'ws://127.0.0.1:41233/ws';
	t.is(used('member', 'ws://192.168.1.20:41233/ws'), 'ws://192.168.1.20:41233/ws');
	t.is(used('member', 'wss://r.example/ws', 'wss://r.example'), undefined);
	t.is(used('host', own), undefined);
	t.is(used('host', own, 'wss://r.example'), 'your own, in this program');
	t.is(used('host', 'wss://r.example/ws'), 'wss://r.example/ws');
	t.is(used('member', ''), undefined);
});

test('what a flag said of the look is told until it is set here', async (t) => {
	const {name} = sampleState().self;
	const {made} = door({
		settings: {name},
		look: {signs: 'ascii'},
		state: {session: {...sampleState().session, relayUrl: ''}},
	});
	t.deepEqual(made.inUse(), {signs: 'ascii'});
	t.is(await made.change('signs', 'spoken'), undefined);
	t.deepEqual(made.inUse(), {});
});
