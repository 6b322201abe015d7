/**
 * Runs out of files on purpose, under the small limit that it was started with, and says what came of its questions. An
 * error that nobody hears ends it, as it would end the program.
 */
import {closeSync, openSync} from 'node:fs';
import path from 'node:path';
import {CatFile} from '../../source/git/cat-file.js';
import {runGit} from '../../source/git/git-child.js';
import {checkGit} from '../../source/git/git-version.js';
import {Failure} from '../../source/protocol/failure.js';
import {startControlServer} from '../../source/runtime/control-server.js';
import {CheckIgnore} from '../../source/workspace/check-ignore.js';
import {runGit as runUsersGit} from '../../source/workspace/git-child.js';
import {fakeSession} from './fake-session.js';

const [root = ''] = process.argv.slice(2);
const gitDir = path.join(root, '.git');

/** Takes every file that is left; returns how to give them back. */
function takeFiles(): () => void {
	const files: number[] = [];
	try {
		for (;;) files.push(openSync('/dev/null', 'r'));
	} catch {
		return () => {
			for (const file of files) closeSync(file);
		};
	}
}

async function codeOf(work: Promise<unknown>): Promise<string> {
	return work.then(
		() => 'ok',
		(error: unknown) => (error instanceof Failure ? error.code : String(error)),
	);
}

const cat = new CatFile(gitDir);
const ignore = new CheckIgnore(root, []);
const questions = {
	version: async () => checkGit(),
	store: async () => runGit(gitDir, ['version'], {maxOutputBytes: 1000}),
	object: async () => cat.info('1'.repeat(40)),
	project: async () => runUsersGit(['version'], {cwd: root, maxBytes: 1000}),
	ignored: async () => ignore.ask(['a']),
};
const ask = async () => {
	const answers: Record<string, string> = {};
	for (const [name, question] of Object.entries(questions)) answers[name] = await codeOf(question());
	return answers;
};
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const server = await startControlServer(fakeSession().session, root);
const giveBack = takeFiles();
say({without: await ask(), listensAt: server.path});
process.stdin.once('data', () => {
	giveBack();
	void ask().then((answers) => {
		say({withFiles: answers});
		process.exit(0);
	});
});
