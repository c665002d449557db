import { UserError } from '../../core/errors.js';

/** Which steps run, by their tags. */
export class TagFilter {
  readonly only: readonly string[] | undefined;
  readonly skip: readonly string[];

  /** @throws {UserError} when a tag is both asked for and skipped */
  constructor(only?: readonly string[], skip: readonly string[] = []) {
    this.only = only;
    this.skip = skip;
    const both = only?.find((tag) => skip.includes(tag));
    if (both !== undefined) throw new UserError(`the tag '${both}' stands in both --tags and --skip-tags`);
  }

  /**
   * drill's decision, first match wins. A step without tags runs when no tags were asked for.
   *
   *     shares a tag with --skip-tags         skip
   *     `never`, and `never` not asked for,
   *       while --tags was given              skip
   *     shares a tag with --tags              run
   *     `always`                              run
   *     `never`                               skip
   *     --tags not given                      run
   */
  runs(tags: readonly string[] | undefined): boolean {
    const { only, skip } = this;
    if (tags === undefined) return only === undefined;
    if (tags.some((tag) => skip.includes(tag))) return false;
    if (only !== undefined && tags.includes('never') && !only.includes('never')) return false;
    if (only !== undefined && tags.some((tag) => only.includes(tag))) return true;
    if (tags.includes('always')) return true;
    if (tags.includes('never')) return false;
    return only === undefined;
  }
}

/** The tags in a comma-separated option, trimmed. */
export function parseTags(option: string): string[] {
  return option.split(',').map((tag) => tag.trim());
}
