import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeHtml, html, markdown } from '../../lib/src/notebook/fragment';

test('HTML reads as text in a terminal: no tags, a line for every block, characters restored', () => {
  const source = `<style>p { color: red }</style><h2>Residual &amp; plain</h2>
    <p>a &lt; b<br>and <b>c</b></p><table><tr><td>1</td><td>2</td></tr></table>`;
  assert.equal(html(source).text, 'Residual & plain\na < b\nand c\n1  2');
  assert.equal(html(source).html, source);
});

test('markdown prints its source in a terminal', () => {
  assert.deepEqual(
    { ...markdown('\n# Title\n$F(x) + x$\n') },
    {
      markdown: '\n# Title\n$F(x) + x$\n',
      text: '# Title\n$F(x) + x$',
    },
  );
});

test('text escaped for HTML comes back as it was', () => {
  const text = `<a href="x">it's & that</a>`;
  assert.equal(html(escapeHtml(text)).text, text);
});

test('what is not text is refused in words', () => {
  assert.throws(() => html(undefined as never), {
    name: 'TypeError',
    message: 'cannot make html; not a string: undefined',
  });
});
