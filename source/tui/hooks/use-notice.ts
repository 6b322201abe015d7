import {useCallback, useEffect, useState} from 'react';

/** How long a sentence stays in the footer. */
const noticeMs = 4000;

/** A sentence that goes away by itself. */
export function useNotice(): {
	readonly notice: string | undefined;
	readonly notify: (sentence: string) => void;
} {
	const [notice, setNotice] = useState<{readonly sentence: string} | undefined>();
	useEffect(() => {
		if (!notice) return undefined;
		const timer = setTimeout(() => setNotice(undefined), noticeMs);
		return () => clearTimeout(timer);
	}, [notice]);
	const notify = useCallback((sentence: string) => setNotice({sentence}), []);
	return {notice: notice?.sentence, notify};
}
