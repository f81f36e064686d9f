/** The name that a heading gets, by GitHub's rule, so that the same links work in the repository and in the site. */
export function headingName(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}
