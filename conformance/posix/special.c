/* Pipes, sockets and device files: only their names are on the server; they work on the client. */
#include "check.h"
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

static void pipes(void) {
  ok(mkfifo("pipe", 0640));
  equal(status_of("pipe").st_mode, S_IFIFO | 0640);
  fails(EXIST, mkfifo("pipe", 0640));
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    int fd = open("pipe", O_WRONLY);
    _exit(write(fd, "through", 7) == 7 ? 0 : 1);
  }
  int fd = ok(open("pipe", O_RDONLY));
  char text[8] = "";
  equal(read(fd, text, 7), 7);
  is(strcmp(text, "through") == 0);
  ok(close(fd));
  int status;
  waitpid(child, &status, 0);
  equal(status, 0);
}

static void sockets(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
  int server = ok(socket(AF_UNIX, SOCK_STREAM, 0));
  ok(bind(server, (struct sockaddr *)&address, sizeof address));
  ok(listen(server, 1));
  equal(status_of("socket").st_mode & S_IFMT, S_IFSOCK);
  int client = ok(socket(AF_UNIX, SOCK_STREAM, 0));
  ok(connect(client, (struct sockaddr *)&address, sizeof address));
  ok(close(client));
  ok(close(server));
  fails(CONNREFUSED, connect(ok(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&address, sizeof address));
  ok(unlink("socket"));
}

static void devices(void) {
  ok(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
  equal(status_of("null").st_mode & S_IFMT, S_IFCHR);
  equal(major(status_of("null").st_rdev), 1);
  equal(minor(status_of("null").st_rdev), 3);
  int fd = ok(open("null", O_RDWR));
  equal(write(fd, "gone", 4), 4);
  ok(close(fd));
  ok(mknod("block", S_IFBLK | 0600, makedev(259, 1000)));
  equal(status_of("block").st_mode & S_IFMT, S_IFBLK);
  equal(major(status_of("block").st_rdev), 259);
  equal(minor(status_of("block").st_rdev), 1000);
  ok(mknod("plain", S_IFREG | 0600, 0));
  equal(status_of("plain").st_mode, S_IFREG | 0600);
  ok(rename("null", "renamed"));
  equal(minor(status_of("renamed").st_rdev), 3);
  ok(link("renamed", "linked"));
  ok(unlink("renamed"));
  ok(unlink("linked"));
}

int main(void) {
  umask(0);
  pipes();
  sockets();
  devices();
  return done();
}
