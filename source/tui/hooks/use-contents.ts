import {useEffect, useState} from 'react';
import {type ContentPreview, type Session} from '../../core/session.js';
import {absent, type Content} from '../../protocol/content.js';
import {type LoadedContent} from '../conflict-texts.js';

/** The texts of some contents, as they arrive. */
export function useContents(
	session: Session,
	contents: readonly (Content | undefined)[],
): (content: Content | undefined) => LoadedContent {
	const [loaded, setLoaded] = useState<ReadonlyMap<Content, ContentPreview | 'unreadable'>>(new Map());
	const wanted = [...new Set(contents)]
		.filter((content) => content !== undefined && content !== absent)
		.join(' ');
	useEffect(() => {
		let isCurrent = true;
		const store = (content: Content, value: ContentPreview | 'unreadable') => {
			if (isCurrent) setLoaded((before) => new Map(before).set(content, value));
		};
		setLoaded(new Map());
		for (const content of wanted.split(' ').filter((one) => one !== '')) {
			session.readContent(content).then(
				(preview) => store(content, preview),
				() => store(content, 'unreadable'),
			);
		}
		return () => {
			isCurrent = false;
		};
	}, [session, wanted]);
	return (content) =>
		content === undefined || content === absent ? 'absent' : (loaded.get(content) ?? 'loading');
}
