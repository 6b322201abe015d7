import {Text} from 'ink';
import test from 'ava';
import {useKeys} from '../../../source/tui/hooks/use-keys.js';
import {waitUntil} from '../../helpers/wait.js';
import {drawApp} from '../fixtures/drawn-app.js';

test('of more keys than can be drawn the newest count, and the last one is heard', async (t) => {
	const heard: string[] = [];
	function Listener() {
		useKeys((input) => heard.push(input.type === 'key' ? input.key : input.text));
		return <Text>listening</Text>;
	}
	const {stdin, unmount} = drawApp(<Listener />);
	t.teardown(unmount);
	stdin.write('first');
	await waitUntil('the first keys', () => heard.join('') === 'first');
	for (let time = 0; time < 20; time++) stdin.write('n'.repeat(200));
	stdin.write('z');
	await waitUntil('the last key', () => heard.at(-1) === 'z');
	t.true(heard.length < 300, `${heard.length} keys were handled`);
});
