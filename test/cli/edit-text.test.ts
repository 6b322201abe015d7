/** What a person writes in an editor is theirs: it outlives whatever goes wrong with it. */
import {existsSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {editText, keepText} from '../../source/cli/edit-text.js';
import {mergeToolOf} from '../../source/cli/merge-tool.js';
import {failureSentence} from '../../source/core/text.js';
import {Failure} from '../../source/protocol/failure.js';

const file = {name: 'src/player.ts', text: 'speed 1\n'};

/** An editor that appends a line, notes where its file is, and ends so. */
function editor(note: string, code: number): string {
	return `f() { echo speed 2 >> "$1"; echo "$1" > ${note}; exit ${code}; }; f`;
}

test('what the editor left is taken, and its file is gone', async (t) => {
	const note = path.join(os.tmpdir(), `pulsync-note-${process.pid}-1`);
	t.teardown(() => rmSync(note, {force: true}));
	t.is(await editText({...process.env, VISUAL: editor(note, 0)}, file), 'speed 1\nspeed 2\n');
	t.false(existsSync(readFileSync(note, 'utf8').trim()));
});

test('an editor that fails leaves what was written, and the sentence says where', async (t) => {
	const note = path.join(os.tmpdir(), `pulsync-note-${process.pid}-2`);
	t.teardown(() => rmSync(note, {force: true}));
	const error = await t.throwsAsync(editText({...process.env, VISUAL: editor(note, 1)}, file), {
		instanceOf: Failure,
		code: 'editor_failed',
	});
	const left = readFileSync(note, 'utf8').trim();
	t.is(readFileSync(left, 'utf8'), 'speed 1\nspeed 2\n');
	t.true(failureSentence('editor_failed', error?.details).includes(left));
	rmSync(path.dirname(left), {recursive: true});
});

test('an editor that fails before anything was written leaves nothing', async (t) => {
	const error = await t.throwsAsync(editText({...process.env, VISUAL: 'false'}, file), {
		instanceOf: Failure,
		code: 'editor_failed',
	});
	t.is(error?.details.kept, undefined);
});

test('a merge tool that fails leaves what was merged', async (t) => {
	const tool = mergeToolOf({...process.env, PULSYNC_MERGE_TOOL: 'echo merged > "$MERGED"; exit 3'});
	const error = await t.throwsAsync(tool!({name: file.name, base: '', mine: 'a', theirs: 'b', merged: '?'}), {
		instanceOf: Failure,
		code: 'editor_failed',
	});
	const left = String(error?.details.kept);
	t.is(readFileSync(left, 'utf8'), 'merged\n');
	rmSync(path.dirname(left), {recursive: true});
});

test('the sentence says what became of editor and merge tool, and which setting names them', async (t) => {
	const texts = {name: file.name, base: '', mine: 'a', theirs: 'b', merged: '?'};
	const sentenceOf = async (run: Promise<unknown>) => {
		const error = await t.throwsAsync(run, {instanceOf: Failure, code: 'editor_failed'});
		return failureSentence('editor_failed', error?.details);
	};
	const ends = [
		['pulsync-no-such-tool', 'was not found'],
		['exit 3', 'ended with an error (exit code 3)'],
		['kill -9 $$', 'was ended by SIGKILL'],
		[`exit 5 ${'#'.repeat(200)}`, 'ended with an error (exit code 5)'],
	] as const;
	for (const [command, end] of ends) {
		const sentence = await sentenceOf(mergeToolOf({...process.env, PULSYNC_MERGE_TOOL: command})!(texts));
		t.true(sentence.includes(`${end}, so nothing was changed; set PULSYNC_MERGE_TOOL to`), sentence);
		t.true(sentence.indexOf(end) < 40, sentence);
	}
	const env = {...process.env, VISUAL: undefined, EDITOR: 'pulsync-no-such-editor'};
	t.regex(await sentenceOf(editText(env, file)), /was not found.* set EDITOR to another/);
});

test('a text that is not taken is kept under its name, for nobody else to read', async (t) => {
	const kept = await keepText(file);
	t.is(path.basename(kept), 'player.ts');
	t.is(readFileSync(kept, 'utf8'), file.text);
	rmSync(path.dirname(kept), {recursive: true});
});
