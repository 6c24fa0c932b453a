/**
 * Of extended attributes, those that belong to whoever owns the file, capabilities of programs, and ACLs. Others are the
 * host's: of its security modules, its filesystem, its overlays.
 */
export const keptAttributes = [
  '--xattrs',
  '--xattrs-include=user.*',
  '--xattrs-include=security.capability',
  '--acls',
] as const
