"""A question runs on one thread of BLAS, and leaves the process as it was."""

import threading

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import tacrochat
from tacrochat.answering import assistant
from tacrochat.search.threads import one_thread


def blas_threads():
    """Return the threads of the BLAS that NumPy uses; SciPy, which other tests load, has one of its own."""
    return {
        library["num_threads"]
        for library in threadpool_info()
        if library["prefix"] == "libscipy_openblas" and "numpy" in library["filepath"]
    }


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        assert blas_threads() == {2}
        yield


def test_a_question_runs_on_one_thread(corpus_library, monkeypatch):
    seen = []

    def diversify(*arguments):
        seen.append(blas_threads())
        return original(*arguments)

    original = assistant.diversify
    monkeypatch.setattr(assistant, "diversify", diversify)
    tacrochat.Assistant(corpus_library).ask("How often is the ointment applied?")
    assert seen == [{1}]
    assert blas_threads() == {2}


def test_questions_of_several_threads_leave_the_process_as_it_was():
    inside, leave = threading.Barrier(5), threading.Event()

    def stay():
        with one_thread():
            inside.wait(30)
            leave.wait(30)

    others = [threading.Thread(target=stay) for _ in range(4)]
    for other in others:
        other.start()
    with one_thread():
        inside.wait(30)
        assert blas_threads() == {1}
    leave.set()
    for other in others:
        other.join(30)
    assert blas_threads() == {2}


def test_an_error_inside_sets_it_back():
    with pytest.raises(ValueError, match="inside"), one_thread():
        raise ValueError("inside")
    assert blas_threads() == {2}
