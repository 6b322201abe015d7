import test from 'ava';
import {Box} from 'ink';
import {useState} from 'react';
import {Lines} from '../../../source/tui/components/lines.js';
import {span} from '../../../source/tui/draw/row.js';
import {useKeys} from '../../../source/tui/hooks/use-keys.js';
import {drawApp} from '../fixtures/drawn-app.js';

/** A head, two columns, and a third one that a key adds and takes away. */
function Screen() {
	const [isWide, setIsWide] = useState(false);
	useKeys((input) => {
		if (input.type === 'key' && input.key === 'w') setIsWide(!isWide);
	}, true);
	return (
		<Box flexDirection="column" width={9} height={3}>
			<Lines rows={[[span('head')]]} width={9} />
			<Box height={2}>
				<Lines rows={[[span('a')], [span('b')]]} width={3} />
				<Box width={3}>
					<Lines rows={[[span('c')]]} width={3} />
				</Box>
				{isWide && <Lines rows={[[span('d')], [span('e')]]} width={3} />}
			</Box>
		</Box>
	);
}

test('rows stand where their boxes stand, and go with them', async (t) => {
	const app = drawApp(<Screen />);
	const shows = async (lines: readonly string[]) => {
		const deadline = Date.now() + 5000;
		while (app.lastFrame() !== lines.join('\n') && Date.now() < deadline) {
			await new Promise((resolve) => setImmediate(resolve));
		}
		t.is(app.lastFrame(), lines.join('\n'));
	};
	const narrow = ['head     ', 'a  c     ', 'b        '];
	await shows(narrow);
	app.stdin.write('w');
	await shows(['head     ', 'a  c  d  ', 'b     e  ']);
	app.stdin.write('w');
	await shows(narrow);
	const {length} = app.frames;
	app.unmount();
	await new Promise((resolve) => setImmediate(resolve));
	t.is(app.frames.length, length, 'the last frame stays when the app ends');
});
