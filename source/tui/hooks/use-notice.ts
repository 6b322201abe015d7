import {useCallback, useEffect, useState} from 'react';

/** How long a sentence stays in the footer: to be noticed, and to be read. */
function noticeMs(sentence: string): number {
	return 4000 + 50 * sentence.length;
}

/** A sentence that goes away by itself. */
export function useNotice(): {
	readonly notice: string | undefined;
	readonly notify: (sentence: string) => void;
} {
	const [notice, setNotice] = useState<{readonly sentence: string} | undefined>();
	useEffect(() => {
		if (!notice) return undefined;
		const timer = setTimeout(() => setNotice(undefined), noticeMs(notice.sentence));
		return () => clearTimeout(timer);
	}, [notice]);
	const notify = useCallback((sentence: string) => setNotice({sentence}), []);
	return {notice: notice?.sentence, notify};
}
