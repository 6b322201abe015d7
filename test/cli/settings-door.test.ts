import test from 'ava';
import {settingsDoor} from '../../source/cli/settings-door.js';
import {type Command} from '../../source/core/command.js';
import {type Settings, type SettingsStore} from '../../source/settings/settings.js';

function door(isWritable = true) {
	let kept: Settings = {recentSessions: []};
	const sent: Command[] = [];
	const settings: Pick<SettingsStore, 'read' | 'write'> = {
		read: () => kept,
		async write(changes) {
			if (isWritable) kept = {...kept, ...changes};
			return isWritable;
		},
	};
	const made = settingsDoor(settings, {send: (command) => void sent.push(command)});
	return {made, sent, kept: () => kept};
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
	const unwritable = door(false);
	t.regex((await unwritable.made.change('limitUp', '1MB/s')) ?? '', /cannot be written/);
	t.deepEqual([...sent, ...unwritable.sent], []);
});

test('a name is for the next start and tells the session nothing', async (t) => {
	const {made, sent, kept} = door();
	t.is(await made.change('name', 'ada'), undefined);
	t.is(kept().name, 'ada');
	t.deepEqual(sent, []);
});
