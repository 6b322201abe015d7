/** Opens text in the person's own editor and answers with what it was left as. */
import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {Failure} from '../protocol/failure.js';
import {type Environment} from './choices.js';

/** So much of a command tells which one it is, and leaves room for what became of it. */
const maxShown = 32;

/** The file keeps its last name, so that the editor knows the language. Throws Failure `editor_failed`. */
export async function editText(
	env: Environment,
	{name, text}: {name: string; text: string},
): Promise<string> {
	const editor = env.VISUAL || env.EDITOR || 'vi';
	// A folder of our own: the text is part of somebody's project.
	const folder = await mkdtemp(path.join(os.tmpdir(), 'pulsync-edit-'));
	const file = path.join(folder, path.basename(name).replace(/^-+/, '') || 'text');
	const edited = await runOn(file, text, async () => {
		await writeFile(file, text, {mode: 0o600});
		await runShell(`${editor} "$1"`, [file], env, {editor, setting: env.VISUAL ? 'VISUAL' : 'EDITOR'});
	});
	await rm(folder, {recursive: true, force: true});
	return edited;
}

/** What the program made of the file. One that fails may have been given a lot of work: then that stays, and the failure names it. */
export async function runOn(file: string, before: string, run: () => Promise<void>): Promise<string> {
	try {
		await run();
	} catch (error) {
		const after = await readFile(file, 'utf8').catch(() => before);
		if (error instanceof Failure && after !== before)
			throw new Failure(error.code, {details: {...error.details, kept: file}, cause: error});
		await rm(path.dirname(file), {recursive: true, force: true});
		throw error;
	}
	return readFile(file, 'utf8');
}

/** Puts a text where it stays until the person or the system tidies up; answers with the file. */
export async function keepText({name, text}: {name: string; text: string}): Promise<string> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'pulsync-kept-'));
	const file = path.join(folder, path.basename(name));
	await writeFile(file, text, {mode: 0o600});
	return file;
}

/**
 * Commands of people may hold arguments, so they go through a shell, as git does it; files are arguments of their own.
 * Rejects with Failure `editor_failed` that says how it ended, what was run, and which setting names it.
 */
export function runShell(
	command: string,
	files: readonly string[],
	env: Environment,
	{editor, setting}: {readonly editor: string; readonly setting: string},
): Promise<void> {
	const short = editor.length > maxShown ? `${editor.slice(0, maxShown - 1)}…` : editor;
	const details = {editor: short, setting};
	return new Promise((resolve, reject) => {
		const child = spawn('/bin/sh', ['-c', command, 'editor', ...files], {stdio: 'inherit', env: {...env}});
		child.on('error', (cause) => reject(new Failure('editor_failed', {details, cause})));
		child.on('close', (code, signal) => {
			if (code === 0) return resolve();
			const how: Record<string, string | number> = signal === null ? {code: code ?? 1} : {signal};
			reject(new Failure('editor_failed', {details: {...details, ...how}}));
		});
	});
}
