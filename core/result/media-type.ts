/** What a media type looks like (RFC 9110, section 8.3.1), with parameters of printable ASCII: it goes into a header as it is. */
export const mediaTypePattern =
  /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}(;[\x20-\x7e]{1,128})?$/i
