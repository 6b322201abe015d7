/** The invite: the line itself, its QR code, and a copy in the clipboard. */
import {useEffect, useState} from 'react';
import {Lines} from '../components/lines.js';
import {fitRow, type Row, span} from '../draw/row.js';
import {useActions} from '../hooks/use-actions.js';
import {useLook} from '../hooks/use-look.js';
import {useAppControl} from '../hooks/use-app-control.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {clipboardSequence, inviteHintRows, inviteRows, qrRows} from '../views/invite.js';

export function InviteScreen({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {state, width} = useSession();
	const {look} = useLook();
	const control = useAppControl();
	const [isQrAlone, setIsQrAlone] = useState(false);
	const [isCopied, setIsCopied] = useState(false);
	const {invite} = state.session;
	const copy = () => {
		if (invite === '') return;
		control.write(clipboardSequence(invite));
		setIsCopied(true);
	};
	// Copied once as the screen opens; the person asked for the invite.
	useEffect(copy, [invite]);
	useActions(
		'invite',
		(action) => {
			if (action === 'copy') copy();
			if (action === 'qr') setIsQrAlone(!isQrAlone);
		},
		isActive,
	);

	if (invite === '')
		return <Lines width={width} rows={fill([[], [span(` ${text.inviteScreen.none}`)]], height)} />;
	const above: readonly Row[] = [[span(` ${text.invite}`, 'accent')], [], ...inviteRows(invite, width), []];
	const hints = inviteHintRows(
		[...(isCopied ? [text.inviteScreen.copied] : []), text.inviteScreen.join, text.inviteScreen.hint],
		{width: width - 2, height: height - above.length},
	);
	const room = height - above.length - hints.length - 1;
	const qrBelow = qrRows(invite, width - 2, room, look);
	const qrAlone = qrRows(invite, width - 2, height, look);
	const centred = (rows: readonly Row[]) => rows.map((row) => [span('  '), ...row]);
	if (isQrAlone && !qrBelow) {
		const why = look.signs === 'unicode' ? text.inviteScreen.qrTooSmall : text.inviteScreen.qrPlain;
		const rows = qrAlone ? centred(qrAlone) : [[], ...inviteHintRows([why], {width: width - 2, height})];
		return <Lines width={width} rows={fill(rows, height)} />;
	}
	return <Lines width={width} rows={fill([...above, ...hints, [], ...centred(qrBelow ?? [])], height)} />;

	function fill(rows: readonly Row[], count: number): readonly Row[] {
		return Array.from({length: count}, (_, index) => fitRow(rows[index] ?? [], width));
	}
}
