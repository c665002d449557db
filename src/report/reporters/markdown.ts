import { outline } from '../outline/outline.js';
import type { Cell, Grid, Lines, Mark, Tone } from '../outline/section.js';
import type { Reporter } from '../reporter.js';

/** Wide enough for every column that an outline can leave out. */
const columns = 160;

const markdown: Reporter = {
  id: 'markdown',
  summary: 'pull requests and wikis: GitHub-flavoured tables',
  extension: 'md',
  render: (report) =>
    `${outline(report, columns)
      .map((section, place) =>
        section.kind === 'grid' ? table(section) : paragraph(section, place === 0 ? '##' : '###'),
      )
      .join('\n\n')}\n`,
};

export default markdown;

const signs: Readonly<Record<Tone, string>> = { good: '✅ ', warning: '⚠️ ', bad: '❌ ' };

function paragraph({ title, lines, tone }: Lines, level: '##' | '###'): string {
  const heading = `${level} ${tone === undefined ? '' : signs[tone]}${escaped(title)}`;
  return lines.length === 0 ? heading : `${heading}\n\n${lines.map((line) => `- ${escaped(line)}`).join('\n')}`;
}

function table({ title, columns: heads, rows, notes }: Grid): string {
  const head = heads.map(({ heading }, i) => (i === 0 ? title : heading).replaceAll('\n', ' '));
  const rule = heads.map(({ align }) => (align === 'right' ? '---:' : '---'));
  const lines = [head.map(escaped), rule, ...rows.map((row) => row.map(shown))];
  const drawn = lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
  return [drawn, ...notes.map((note) => `<sub>${escaped(note.replace(/^\* /, 'Bold: '))}</sub>`)].join('\n\n');
}

const wrap: Readonly<Record<Mark, (text: string) => string>> = {
  best: (text) => `**${text}**`,
  better: (text) => `**${text}**`,
  worse: (text) => `**${text}** ▼`,
  unsure: (text) => `\\~${text}`,
  bad: (text) => `**${text}** ❌`,
  quiet: (text) => text,
};

function shown({ text, mark }: Cell): string {
  return mark === undefined ? escaped(text) : wrap[mark](escaped(text));
}

/** Text of a plan or a server must stay text: no table cells, no formatting, no HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|~#]/g, String.raw`\$&`).replaceAll(/\r?\n/g, ' ');
}
