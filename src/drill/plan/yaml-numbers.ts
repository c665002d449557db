import type { ScalarTag, Tags } from 'yaml';

/** The tags of YAML with numbers as drill reads them. */
export function withPlanNumbers(tags: Tags): Tags {
  return [...tags.filter((tag) => !isNumberTag(tag)), wholeNumber, fraction];
}

function isNumberTag(tag: Tags[number]): boolean {
  return typeof tag === 'object' && /:(?:int|float)$/.test(tag.tag);
}

/** 0x, 0o and 0b with a sign, too; digits after a 0, such as 007, are a text. */
const wholeNumber: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0|[1-9]\d*|0x[\da-fA-F]+|0o[0-7]+|0b[01]+)$/,
  resolve: (text) => {
    const magnitude = BigInt(text.replace(/^[-+]/, ''));
    return text.startsWith('-') ? -magnitude : magnitude;
  },
};

/** One too large for a double is a text. */
const fraction: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^(?:[-+]?(?:\.\d+|\d+\.\d*|(?:\d+(?:\.\d*)?|\.\d+)[eE][-+]?\d+)|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve: (text) => {
    if (/n/i.test(text)) return /nan/i.test(text) ? NaN : text.startsWith('-') ? -Infinity : Infinity;
    const value = Number(text);
    return Number.isFinite(value) ? value : text;
  },
};
