import highlighter from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import typescript from 'highlight.js/lib/languages/typescript';
import { escapeHtml } from '../../../lib/src/notebook/fragment';

const LANGUAGES = { typescript, json, bash, python };

const coloured = highlighter.newInstance();
for (const [name, language] of Object.entries(LANGUAGES)) coloured.registerLanguage(name, language);

/** Code as HTML with a class for each kind of word; escaped only, where the language is unknown. */
export function highlight(code: string, language = 'typescript'): string {
  if (!coloured.getLanguage(language)) return escapeHtml(code);
  return coloured.highlight(code, { language, ignoreIllegals: true }).value;
}
