// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The talk with an agent, against a pretended one at the other end of a socket: whatever comes, the
 * controller gets an answer or an error, in time.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "target/dut.h"

#define HELLO "{\"ev\":\"hello\",\"proto\":1}\n"

struct talk {
	int agent; /* the pretended agent's end */
	int ours;
	int cancel[2];
	struct dut *dut;
};

static struct talk begin(void)
{
	struct talk t;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(pipe(t.cancel), 0);
	t.ours = fds[0];
	t.agent = fds[1];
	t.dut = dut_new(t.ours, t.cancel[0], NULL);
	assert_non_null(t.dut);
	return t;
}

static void end(struct talk *t)
{
	dut_free(t->dut);
	close(t->ours);
	if (t->agent >= 0)
		close(t->agent);
	close(t->cancel[0]);
	close(t->cancel[1]);
}

static void say(struct talk *t, const char *text)
{
	assert_int_equal(write(t->agent, text, strlen(text)), (ssize_t)strlen(text));
}

static void expect_hello(struct talk *t, int timeout_s, int ret, const char *message)
{
	json_t *hello = (void *)1;
	char *err = NULL;

	assert_int_equal(dut_hello(t->dut, timeout_s, &hello, &err), ret);
	if (message)
		assert_non_null(strstr(err, message));
	if (ret)
		assert_null(hello);
	json_decref(hello);
	free(err);
}

static int ask(struct talk *t, int timeout_s, json_t **result, char **err)
{
	json_t *request = json_pack("{s:s,s:i}", "cmd", "sample", "id", 7);
	int ret = dut_sample(t->dut, request, timeout_s, NULL, result, err);

	json_decref(request);
	return ret;
}

static void expect_sample(struct talk *t, int timeout_s, int ret, const char *message)
{
	json_t *result = (void *)1;
	char *err = NULL;

	assert_int_equal(ask(t, timeout_s, &result, &err), ret);
	if (message)
		assert_non_null(strstr(err, message));
	if (ret)
		assert_null(result);
	else
		assert_int_equal(json_integer_value(json_object_get(result, "id")), 7);
	json_decref(result);
	free(err);
}

static void a_talk_as_it_should_be(void **state)
{
	struct talk t = begin();
	char line[64];

	(void)state;
	say(&t, HELLO);
	expect_hello(&t, 5, 0, NULL);
	say(&t, "{\"ev\":\"progress\",\"id\":7,\"step\":\"map\",\"done\":1,\"total\":2}\n"
		"{\"ev\":\"sample\",\"id\":7}\n");
	expect_sample(&t, 5, 0, NULL);
	assert_true(read(t.agent, line, sizeof(line)) > 0);
	assert_memory_equal(line, "{\"cmd\":\"sample\",\"id\":7}\n", 24);
	assert_int_equal(dut_garbage(t.dut), 0);
	assert_int_equal(dut_poweroff(t.dut), 0);
	end(&t);
}

static void noise_on_the_line(void **state)
{
	struct talk t = begin();

	(void)state;
	say(&t, "\r\n\xff\xfe\x01 boot noise\n[    0.1] text\n{\"half\": \n[1,2]\n{\"ev\":5}\n"
		"{\"noev\":1}\n  \n{\"ev\":\"hello\",\"proto\":1,\"proto\":1}\n" HELLO);
	expect_hello(&t, 5, 0, NULL);
	assert_int_equal(dut_garbage(t.dut), 7);
	end(&t);
}

static void a_line_without_end(void **state)
{
	struct talk t = begin();
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		char block[4096];

		memset(block, 'x', sizeof(block));
		for (int i = 0; i < 200; i++)
			if (write(t.agent, block, sizeof(block)) < 0)
				_exit(1);
		if (write(t.agent, "\n" HELLO, sizeof("\n" HELLO) - 1) < 0)
			_exit(1);
		_exit(0);
	}
	expect_hello(&t, 10, 0, NULL);
	waitpid(pid, NULL, 0);
	end(&t);
}

static void bytes_one_by_one(void **state)
{
	struct talk t = begin();
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		for (const char *p = HELLO; *p; p++)
			if (write(t.agent, p, 1) < 0)
				_exit(1);
		_exit(0);
	}
	expect_hello(&t, 10, 0, NULL);
	waitpid(pid, NULL, 0);
	end(&t);
}

static void silence_ends(void **state)
{
	struct talk t = begin();

	(void)state;
	expect_hello(&t, 1, -ETIMEDOUT, "no word from the agent within 1 s");
	end(&t);
}

static void another_version(void **state)
{
	struct talk t = begin();

	(void)state;
	say(&t, "{\"ev\":\"hello\",\"proto\":2}\n");
	expect_hello(&t, 5, -EPROTO, "another protocol");
	end(&t);
}

static void a_dut_that_dies(void **state)
{
	struct talk t = begin();

	(void)state;
	say(&t,
	    "{\"ev\":\"progress\",\"id\":7,\"step\":\"kexec\",\"done\":0,\"total\":1}\n{\"ev\":");
	shutdown(t.agent, SHUT_WR);
	expect_sample(&t, 5, -ECONNRESET, "the DUT is gone");
	end(&t);

	/* Dead before it was asked. */
	t = begin();
	close(t.agent);
	t.agent = -1;
	expect_sample(&t, 5, -ECONNRESET, "the DUT is gone");
	end(&t);
}

static void a_step_that_hangs(void **state)
{
	struct talk t = begin();
	time_t start = time(NULL);

	(void)state;
	/* The same progress again and again is none. */
	for (int i = 0; i < 3; i++)
		say(&t, "{\"ev\":\"progress\",\"id\":7,\"step\":\"map\",\"done\":5,\"total\":9}\n");
	expect_sample(&t, 1, -ETIMEDOUT, "no progress for 1 s in step 'map'");
	assert_in_range(time(NULL) - start, 0, 4);
	end(&t);
}

static void answers_to_other_questions(void **state)
{
	struct talk t = begin();

	(void)state;
	say(&t, "{\"ev\":\"sample\",\"id\":6}\n{\"ev\":\"sample\"}\n"
		"{\"ev\":\"error\",\"id\":6,\"message\":\"old\"}\n{\"ev\":\"sample\",\"id\":7}\n");
	expect_sample(&t, 5, 0, NULL);
	end(&t);
}

static void the_agents_own_errors(void **state)
{
	struct talk t = begin();

	(void)state;
	say(&t, "{\"ev\":\"error\",\"id\":7,\"message\":\"no igb\"}\n");
	expect_sample(&t, 5, -EREMOTEIO, "agent: no igb");
	say(&t, "{\"ev\":\"error\",\"id\":null,\"message\":\"dying\"}\n");
	expect_sample(&t, 5, -EREMOTEIO, "agent: dying");
	say(&t, "{\"ev\":\"error\",\"id\":7}\n");
	expect_sample(&t, 5, -EREMOTEIO, "agent: an error without a message");
	end(&t);
}

static void the_user_stops(void **state)
{
	struct talk t = begin();

	(void)state;
	assert_int_equal(write(t.cancel[1], "", 1), 1);
	expect_sample(&t, 60, -EINTR, NULL);
	expect_hello(&t, 60, -EINTR, NULL);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_talk_as_it_should_be),
		cmocka_unit_test(noise_on_the_line),
		cmocka_unit_test(a_line_without_end),
		cmocka_unit_test(bytes_one_by_one),
		cmocka_unit_test(silence_ends),
		cmocka_unit_test(another_version),
		cmocka_unit_test(a_dut_that_dies),
		cmocka_unit_test(a_step_that_hangs),
		cmocka_unit_test(answers_to_other_questions),
		cmocka_unit_test(the_agents_own_errors),
		cmocka_unit_test(the_user_stops),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
