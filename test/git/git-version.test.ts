import test from 'ava';
import {checkGit, checkVersion} from '../../source/git/git-version.js';

for (const [line, expected] of [
	['git version 2.39.5', '2.39.5'],
	['git version 2.38.0', '2.38.0'],
	['git version 3.0', '3.0'],
	['git version 2.50.1 (Apple Git-155)', '2.50.1'],
	['git version 2.45.0.windows.1', '2.45.0.windows.1'],
] as const) {
	test(`${line} is new enough`, (t) => {
		t.is(checkVersion(line), expected);
	});
}

for (const [line, code] of [
	['git version 2.37.9', 'git_too_old'],
	['git version 1.9.1', 'git_too_old'],
	['', 'git_missing'],
	['something else', 'git_missing'],
] as const) {
	test(`${JSON.stringify(line)} is ${code}`, (t) => {
		t.throws(() => checkVersion(line), {code});
	});
}

test('the git of this machine is found', async (t) => {
	t.regex(await checkGit(), /^\d+\.\d+/);
});
