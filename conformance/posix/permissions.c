/* What other users may: decided by the server from the uid, gid and groups of each call. */
#include "check.h"
#include <grp.h>

static const gid_t no_groups[1];

static void make_fixtures(void) {
  umask(0);
  ok(chmod(".", 0755));
  make_file("secret", "secret");
  ok(chmod("secret", 0600));
  make_file("public", "public");
  ok(chmod("public", 0644));
  make_file("of-group", "group");
  ok(chown("of-group", 0, 7000));
  ok(chmod("of-group", 0660));
  make_file("mine", "mine");
  ok(chown("mine", 1000, 1000));
  ok(chmod("mine", 0644));
  ok(mkdir("closed", 0700));
  make_file("closed/inside", "x");
  ok(mkdir("search-only", 0711));
  make_file("search-only/known", "known");
  ok(mkdir("list-only", 0744));
  make_file("list-only/named", "x");
  ok(mkdir("sticky", 01777));
  make_file("sticky/of-root", "x");
  ok(chmod("sticky/of-root", 0666));
  ok(mkdir("open", 0777));
  make_file("open/of-root", "x");
  ok(mkdir("setgid", 02777));
  ok(chown("setgid", 0, 7000));
  ok(chmod("setgid", 02777));
}

static void as_stranger(void) {
  fails(ACCES, open("secret", O_RDONLY));
  fails(ACCES, open("secret", O_WRONLY));
  fails(ACCES, access("secret", R_OK));
  is(has_text("public", "public"));
  fails(ACCES, open("public", O_WRONLY));
  fails(ACCES, truncate("public", 0));
  fails(ACCES, open("of-group", O_RDONLY));
  fails(ACCES, open("closed/inside", O_RDONLY));
  fails(ACCES, open("closed", O_RDONLY | O_DIRECTORY));
  is(has_text("search-only/known", "known"));
  fails(ACCES, open("search-only", O_RDONLY | O_DIRECTORY));
  equal(count_names("list-only"), 1);
  fails(ACCES, open("list-only/named", O_RDONLY));
  fails(ACCES, open("new-in-roots", O_CREAT | O_WRONLY, 0644));
  fails(ACCES, mkdir("new-in-roots", 0755));
  fails(ACCES, symlink("x", "new-in-roots"));
  fails(ACCES, unlink("public"));
  fails(ACCES, rename("public", "open/public"));
  fails(PERM, chmod("public", 0666));
  fails(PERM, chown("public", 1000, -1));
  fails(PERM, utimensat(AT_FDCWD, "public", (struct timespec[]){{1, 0}, {1, 0}}, 0));
  fails(ACCES, utimensat(AT_FDCWD, "public", NULL, 0));
}

static void as_owner(void) {
  ok(chmod("mine", 0600));
  equal(status_of("mine").st_mode & 07777, 0600);
  ok(utimensat(AT_FDCWD, "mine", (struct timespec[]){{1, 0}, {1, 0}}, 0));
  fails(PERM, chown("mine", 1001, -1));
  fails(PERM, chown("mine", -1, 7000)); /* not a member */
  ok(chown("mine", -1, 1000));
  /* An owner without any right can give it back to himself, and goes on with a descriptor opened before. */
  int fd = ok(open("mine", O_RDWR));
  ok(chmod("mine", 0000));
  equal(pwrite(fd, "still", 5, 0), 5);
  ok(fsync(fd));
  ok(close(fd));
  fails(ACCES, open("mine", O_RDONLY));
  ok(chmod("mine", 0600));
  is(has_text("mine", "still"));
  /* A file made without write permission is written through the descriptor that made it. */
  fd = ok(open("open/read-only", O_CREAT | O_WRONLY, 0400));
  equal(write(fd, "x", 1), 1);
  ok(fsync(fd));
  ok(close(fd));
  equal(status_of("open/read-only").st_uid, 1000);
  equal(status_of("open/read-only").st_gid, 1000);
  /* Executable only: the client must read it to run it, and may. */
  ok(close(ok(open("open/setgid", O_CREAT | O_WRONLY, 0755))));
  ok(chmod("open/setgid", 02755));
  equal(status_of("open/setgid").st_mode & 07777, 02755);
}

static void in_sticky_directory(void) {
  make_file("sticky/of-1000", "x");
  fails(PERM, unlink("sticky/of-root"));
  fails(PERM, rename("sticky/of-root", "sticky/taken"));
  fails(PERM, rename("sticky/of-1000", "sticky/of-root"));
  ok(unlink("open/of-root"));
  ok(rename("sticky/of-1000", "sticky/mine"));
  ok(unlink("sticky/mine"));
}

static void with_group(void) {
  is(has_text("of-group", "group"));
  int fd = ok(open("of-group", O_WRONLY));
  ok(close(fd));
  fails(PERM, chmod("of-group", 0666));
  make_file("setgid/by-1000", "x");
  equal(status_of("setgid/by-1000").st_gid, 7000);
  make_file("open/given", "x");
  ok(chown("open/given", -1, 7000));
  equal(status_of("open/given").st_gid, 7000);
  /* Writing takes setuid from a program. */
  ok(chmod("open/given", 04755));
  fd = ok(open("open/given", O_WRONLY));
  equal(write(fd, "y", 1), 1);
  ok(fsync(fd));
  ok(close(fd));
}

int main(void) {
  make_fixtures();
  is(has_text("secret", "secret")); /* root reads anything */
  AS(1000, 1000, 0, no_groups, as_stranger());
  AS(1000, 1000, 0, no_groups, as_owner());
  AS(1000, 1000, 0, no_groups, in_sticky_directory());
  const gid_t member[] = {7000};
  AS(1000, 1000, 1, member, with_group());
  /* 16 groups is what AUTH_SYS carries: the last one counts too. */
  gid_t many[16];
  for (int i = 0; i < 16; i++) many[i] = 6985 + i;
  AS(1000, 1000, 16, many, is(has_text("of-group", "group")));
  AS(1000, 7000, 0, no_groups, is(has_text("of-group", "group")));
  AS(1001, 1001, 0, no_groups, fails(ACCES, open("mine", O_RDONLY)));
  /* Who asks is known call by call, not connection by connection. */
  for (int round = 0; round < 20; round++) {
    AS(1000 + round % 2, 100, 0, no_groups, fails(ACCES, open("secret", O_RDONLY)));
    is(has_text("secret", "secret"));
  }
  return done();
}
